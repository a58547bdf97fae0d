#include "base/crc16.h"

uint16_t as_crc16_byte(uint16_t crc, uint8_t byte)
{
    static const uint16_t high_nibble[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5,
                                             0x60C6, 0x70E7, 0x8108, 0x9129, 0xA14A, 0xB16B,
                                             0xC18C, 0xD1AD, 0xE1CE, 0xF1EF};
    crc = (uint16_t)(crc << 4 ^ high_nibble[crc >> 12 ^ byte >> 4]);
    crc = (uint16_t)(crc << 4 ^ high_nibble[crc >> 12 ^ (byte & 15)]);
    return crc;
}

uint16_t as_crc16_bytes(uint16_t crc, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        crc = as_crc16_byte(crc, bytes[i]);
    return crc;
}
