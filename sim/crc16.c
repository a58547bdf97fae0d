#include "sim/crc16.h"

uint16_t as_crc16_byte(uint16_t crc, uint8_t byte)
{
    crc ^= (uint16_t)(byte << 8);
    for (int bit = 0; bit < 8; bit++)
        crc = (uint16_t)((crc & 0x8000u) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
    return crc;
}

uint16_t as_crc16_bytes(uint16_t crc, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        crc = as_crc16_byte(crc, bytes[i]);
    return crc;
}
