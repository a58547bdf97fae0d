/* The models that come with arraysmith. */
#ifndef AS_MODELS_IMPORT_CATALOGUE_H
#define AS_MODELS_IMPORT_CATALOGUE_H

/* The names `arraysmith list models` shows, static. */
void as_builtin_models(const char *const **names, int *count);

#endif
