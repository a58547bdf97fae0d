/* The fields of gen/config/params.def inside a struct: the one that includes this says with
 * AS_FIELDS_OF_HW(field) and so on which groups' it has.  Entries of arrays are declared by hand.
 */
#define AS_PARAM(group, name, key, dflt, min, max, unit, meaning) AS_FIELDS_OF_##group(int name;)
#define AS_ITEM(group, array, kind, letter, key, dflt, min, max, unit, meaning)
#define AS_TEXT(group, name, key, dflt, choices, meaning)                                          \
    AS_FIELDS_OF_##group(char name[AS_NAME_MAX];)
#include "gen/config/params.def"
#undef AS_PARAM
#undef AS_ITEM
#undef AS_TEXT
#undef AS_FIELDS_OF_HW
#undef AS_FIELDS_OF_MAP
#undef AS_FIELDS_OF_BOARD
#undef AS_FIELDS_OF_NAME
