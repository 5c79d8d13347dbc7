// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
)

// A call that a worker makes for a request, with what that calls its context.
type job struct {
	ctx    context.Context
	number string
	done   chan struct{}
}

// The workers of a router's requests: the first of them starts it, and all give it what to do.
type pool struct {
	started sync.Once
	jobs    chan job
}

func (p *pool) do(base, router string, ctx context.Context, number string) {
	p.started.Do(func() {
		p.jobs = make(chan job)
		go func() {
			for j := range p.jobs {
				call(base, router, "worker", j.ctx, j.number)
				close(j.done)
			}
		}()
	})
	done := make(chan struct{})
	p.jobs <- job{ctx, number, done}
	<-done
}

// Calls itself for a request: who is asked knows by the URL whose call it is.
func call(base, router, how string, ctx context.Context, number string) {
	r, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/called?of=%s&how=%s-%s", base, number, router, how), nil)
	if err != nil {
		log.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

func calls(base, router string, workers *pool, ctx, kept context.Context, number string) {
	call(base, router, "handler", ctx, number)
	done := make(chan struct{})
	go func() {
		defer close(done)
		call(base, router, "goroutine", kept, number)
	}()
	<-done
	workers.do(base, router, kept, number)
}

// Requests whose handlers call with the context that their router gives them: gin's own, or the request's.
func driveContexts(rounds int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	ginWorkers, echoWorkers := new(pool), new(pool)
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/gin", func(c *gin.Context) { calls(base, "gin", ginWorkers, c, c.Copy(), c.Query("n")) })
	e := echo.New()
	e.GET("/echo", func(c echo.Context) error {
		ctx := c.Request().Context()
		calls(base, "echo", echoWorkers, ctx, ctx, c.QueryParam("n"))
		return nil
	})
	mux := http.NewServeMux()
	mux.Handle("/gin", engine)
	mux.Handle("/echo", e)
	mux.HandleFunc("/called", func(http.ResponseWriter, *http.Request) {})
	go http.Serve(listener, mux)

	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range rounds {
				for _, router := range []string{"gin", "echo"} {
					response, err := http.Get(fmt.Sprintf("%s/%s?n=%d", base, router, next()))
					if err != nil {
						log.Fatal(err)
					}
					response.Body.Close()
				}
			}
		}()
	}
	all.Wait()
}
