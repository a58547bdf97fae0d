#include "gen/config/config_json.h"

#include "gen/config/params.h"

json_t *as_config_json(const struct as_config *cfg)
{
    json_t *object = json_object();

    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        json_object_set_new(object, param->key,
                            param->is_text ? json_string(as_param_text(cfg, param))
                                           : json_integer(as_param_get(cfg, param)));
    }
    return object;
}
