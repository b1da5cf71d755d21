// <crowd-polyline>: open lines of two points or more, in whole pixels of the picture.

import { VerticesEditor } from "crowd/vertices";
import { POLYLINES } from "geometry/polygons";

export class Polyline extends VerticesEditor {
  kind = POLYLINES;
  list = "polylines";

  get tellsModified() { return true; }
}

Polyline.define("crowd-polyline");
