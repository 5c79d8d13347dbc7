/* SPDX-License-Identifier: Apache-2.0 */
/* The eBPF programs' decoder as a library of this machine. */
#include <stdbool.h>
#include <linux/types.h>

#define __noinline __attribute__((noinline))
#define __always_inline inline __attribute__((always_inline))

#include "instructions.h"
