// <crowd-line>: straight lines between two points, in whole pixels of the picture.

import { VerticesEditor } from "crowd/vertices";
import { LINES } from "geometry/polygons";

export class Line extends VerticesEditor {
  kind = LINES;
  list = "lines";

  get tellsModified() { return true; }
}

Line.define("crowd-line");
