// <crowd-image-classifier>: one category for a picture.

import { ofPicture } from "crowd/choose-picture";
import { SingleChoice } from "crowd/single-choice";

export class ImageClassifier extends ofPicture(SingleChoice) {}

ImageClassifier.define("crowd-image-classifier");
