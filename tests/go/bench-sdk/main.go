// SPDX-License-Identifier: Apache-2.0

// Command bench-sdk is the measured service with the OpenTelemetry Go SDK: otelhttp around its handler and its
// client's transport, otelgrpc for its calls, otelsql around its database, otelpgx as pgx's tracer, a batch span processor, OTLP over HTTP to where
// OTEL_EXPORTER_OTLP_ENDPOINT says.
package main

import (
	"context"
	"log"

	"github.com/XSAM/otelsql"
	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"google.golang.org/grpc"
	"goshawk.test/bench/handler"
	"goshawk.test/truth/fakesql"
)

func main() {
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	// A span for each query and no more, which is the least that it can be told to make.
	db := otelsql.OpenDB(fakesql.Connector(), otelsql.WithAttributes(semconv.DBSystemNamePostgreSQL),
		otelsql.WithSpanOptions(otelsql.SpanOptions{OmitConnectorConnect: true, OmitConnResetSession: true, OmitRows: true}))
	// Of otelpgx likewise: its tracer is one of connections, pools, batches and more besides.
	pool := handler.Pool(struct{ pgx.QueryTracer }{otelpgx.NewTracer()})
	connection := handler.Dial(grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	h := handler.New(db, pool, otelhttp.NewTransport(handler.Transport()), connection)
	rpc := handler.Server(grpc.StatsHandler(otelgrpc.NewServerHandler()))
	handler.Serve(otelhttp.NewHandler(h, "server"), rpc, func() { provider.Shutdown(context.Background()) })
}
