/* The table of families: every folder boards/family/NAME defines as_family_NAME; `make` lists the
 * folders in families.def. */
#include "boards/flow/families.h"

#include <string.h>

#define AS_FAMILY(name) extern const struct as_family as_family_##name;
#include "families.def" /* made by `make` */
#undef AS_FAMILY

static const struct as_family *const families[] = {
#define AS_FAMILY(name) &as_family_##name,
#include "families.def" /* made by `make` */
#undef AS_FAMILY
};

static const char *const names[] = {
#define AS_FAMILY(name) #name,
#include "families.def" /* made by `make` */
#undef AS_FAMILY
};

#define FAMILY_COUNT ((int)(sizeof families / sizeof families[0]))

const struct as_family *as_family_find(const char *name)
{
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (strcmp(families[i]->name, name) == 0)
            return families[i];
    return NULL;
}

const char *const *as_family_names(int *count)
{
    *count = FAMILY_COUNT;
    return names;
}
