// SPDX-License-Identifier: Apache-2.0

// Command bench-sdk is the measured service with the OpenTelemetry Go SDK: otelhttp around its handler, a
// batch span processor, OTLP over HTTP to where OTEL_EXPORTER_OTLP_ENDPOINT says.
package main

import (
	"context"
	"log"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"goshawk.test/bench/handler"
)

func main() {
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	handler.Serve(otelhttp.NewHandler(handler.New(), "server"), func() { provider.Shutdown(context.Background()) })
}
