/* CRC-16 CCITT: polynomial 0x1021, high bit first.  docs/host_link.md, section 1. */
#ifndef AS_BASE_CRC16_H
#define AS_BASE_CRC16_H

#include <stddef.h>
#include <stdint.h>

#define AS_CRC16_START 0xFFFFu

uint16_t as_crc16_byte(uint16_t crc, uint8_t byte);
uint16_t as_crc16_bytes(uint16_t crc, const uint8_t *bytes, size_t length);

#endif
