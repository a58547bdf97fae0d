#include "boards/family/family.h"

#include <string.h>

struct as_block *as_blocks_find(struct as_blocks *blocks, const char *name)
{
    struct as_block *found = &blocks->block[blocks->count - 1];

    for (int i = 0; i < blocks->count; i++) {
        struct as_block *block = &blocks->block[i];
        size_t n = strlen(block->path);
        bool below = strncmp(name, block->path, n) == 0 &&
                     (name[n] == '.' || name[n] == '['); /* a module, or one of a generate loop */
        if (n > strlen(found->path) && below)
            found = block;
    }
    return found;
}

int as_block_logic(const struct as_family *family, const struct as_block *block)
{
    int cells = 0;

    for (int i = 0; i < family->kind_count; i++)
        cells += family->kinds[i].logic ? block->n[i] : 0;
    return cells;
}
