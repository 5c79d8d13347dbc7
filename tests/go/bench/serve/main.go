// SPDX-License-Identifier: Apache-2.0

// Command serve is the measured service as it is: nothing in it traces.
package main

import (
	"goshawk.test/bench/handler"
	"goshawk.test/truth/fakesql"
)

func main() {
	h := handler.New(fakesql.Open(), handler.Pool(nil), handler.Transport(), handler.Dial())
	handler.Serve(h, handler.Server(), func() {})
}
