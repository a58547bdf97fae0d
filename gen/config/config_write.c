#include "gen/config/config_write.h"

#include <string.h>

#include "gen/config/params.h"

/* The bytes of "section." in a dotted key, 0 when it has none. */
static int section_bytes(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot ? (int)(dot - key) + 1 : 0;
}

void as_config_write(FILE *out, const struct as_config *cfg)
{
    const char *before = "";

    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        const char *key = param->key;
        int section = section_bytes(key);

        if (param->group == AS_GROUP_MAP)
            continue;
        if (section > 0 && strncmp(before, key, (size_t)section) != 0)
            fprintf(out, "%.*s:\n", section - 1, key);
        fprintf(out, "%s%s: ", section > 0 ? "  " : "", key + section);
        if (param->is_text)
            fprintf(out, "%s\n", as_param_text(cfg, param));
        else
            fprintf(out, "%d\n", as_param_get(cfg, param));
        before = key;
    }
}
