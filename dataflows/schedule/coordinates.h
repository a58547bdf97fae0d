/* The coordinates of a load, which say nothing but what is padding, in the bits of a descriptor. */
#ifndef AS_DATAFLOWS_SCHEDULE_COORDINATES_H
#define AS_DATAFLOWS_SCHEDULE_COORDINATES_H

#include "gen/program/descriptor.h"

/* A load of a window of an image of any size: where coordinates, sides or steps do not fit
 * descriptor.coordinate and the step fields, they count from the window's own pixels, in steps of
 * their own, with the same elements outside.  What fits stays as it is; addresses do not change.
 * False when no coordinates do. */
bool as_coordinates_fit(const struct as_hw *hw, struct as_load_desc *desc);

#endif
