// SPDX-License-Identifier: Apache-2.0

// Command serve is the measured service as it is: nothing in it traces.
package main

import "goshawk.test/bench/handler"

func main() { handler.Serve(handler.New(), func() {}) }
