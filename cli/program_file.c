#include "cli/program_file.h"

#include <string.h>

#include "base/files.h"
#include "base/output.h"

#define PROGRAM_BYTES_MAX ((size_t)1 << 30)

enum as_status as_program_save(struct as_arena *arena, const struct as_program *program,
                               const char *path, struct as_diag *diag)
{
    struct as_output out;
    uint8_t *bytes;
    size_t count;

    as_program_serialise(arena, program, &bytes, &count);
    AS_TRY(as_output_open(&out, arena, path, diag));
    fwrite(bytes, 1, count, out.file);
    return as_output_close(&out, diag);
}

/* Tensors of the program are those of the network, by number, name and size. */
static enum as_status match_tensors(const char *path, const struct as_program *program,
                                    const struct as_network *net, struct as_diag *diag)
{
    if (program->tensor_count != net->tensor_count)
        return as_fail(diag, AS_ERR_MISMATCH,
                       "%s: built for %s, of %d tensors; the model has %d tensors", path,
                       program->model, program->tensor_count, net->tensor_count);
    for (int t = 0; t < net->tensor_count; t++) {
        const struct as_program_tensor *own = &program->tensors[t];
        const struct as_tensor *other = &net->tensors[t];

        if (strcmp(own->name, other->name) != 0 || (own->bytes != 0 && own->bytes != other->bytes))
            return as_fail(diag, AS_ERR_MISMATCH,
                           "%s: tensor %d is %s of %u bytes; the model's is %s of %zu bytes", path,
                           t, own->name, own->bytes, other->name, other->bytes);
    }
    return AS_OK;
}

/* Its variables are kept where a reset writes them. */
static enum as_status match_state(const char *path, const struct as_program *program,
                                  const struct as_network *net, struct as_diag *diag)
{
    uint32_t state = as_program_state(program);

    for (int i = 0; i < net->variable_count; i++) {
        const struct as_variable *v = &net->variables[i];
        const struct as_program_tensor *place = &program->tensors[v->tensor];
        if (place->address < state || place->address > program->image_bytes ||
            net->tensors[v->tensor].bytes > program->image_bytes - place->address)
            return as_fail(diag, AS_ERR_MISMATCH,
                           "%s: variable %s lies at byte %u, expected %zu bytes within %u..%u",
                           path, v->name, place->address, net->tensors[v->tensor].bytes, state,
                           program->image_bytes);
    }
    return AS_OK;
}

enum as_status as_program_load(struct as_arena *arena, const char *path, const struct as_hw *hw,
                               const struct as_network *net, struct as_program **out,
                               struct as_diag *diag)
{
    uint8_t *bytes = NULL;
    size_t count = 0;

    AS_TRY(as_read_file(arena, path, PROGRAM_BYTES_MAX, &bytes, &count, diag));
    AS_TRY(as_program_parse(arena, bytes, count, path, hw, out, diag));
    AS_TRY(match_tensors(path, *out, net, diag));
    return match_state(path, *out, net, diag);
}
