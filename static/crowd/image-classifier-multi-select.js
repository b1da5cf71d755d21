// <crowd-image-classifier-multi-select>: any number of categories for a picture.

import { ofPicture } from "crowd/choose-picture";
import { MultiChoice } from "crowd/multi-choice";

export class ImageClassifierMultiSelect extends ofPicture(MultiChoice) {}

ImageClassifierMultiSelect.define("crowd-image-classifier-multi-select");
