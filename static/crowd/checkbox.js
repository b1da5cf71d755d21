// <crowd-checkbox>: a box to tick. Boxes of one name share one object in the answer.

import { Flag } from "crowd/flag";

export class Checkbox extends Flag {}

Checkbox.define("crowd-checkbox");
