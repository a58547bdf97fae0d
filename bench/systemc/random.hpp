// random.hpp - the random numbers of a platform: the same from the same seed.
#ifndef ARRAYSMITH_PLATFORM_RANDOM_HPP
#define ARRAYSMITH_PLATFORM_RANDOM_HPP

#include <cstdint>

namespace platform
{

class random_numbers
{
public:
    explicit random_numbers(uint64_t seed) : state_(seed * 2 + 1) {}

    int below(int bound)
    {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return int((state_ >> 33) % uint64_t(bound));
    }

private:
    uint64_t state_;
};

} // namespace platform

#endif
