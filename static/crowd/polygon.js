// <crowd-polygon>: closed outlines, point by point, in whole pixels of the picture.

import { VerticesEditor } from "crowd/vertices";
import { POLYGONS } from "geometry/polygons";

export class Polygon extends VerticesEditor {
  kind = POLYGONS;
  list = "polygons";
}

Polygon.define("crowd-polygon");
