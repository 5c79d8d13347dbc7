module goshawk.test/grpc

go 1.24.0

require (
	golang.org/x/net v0.48.0
	google.golang.org/grpc v1.79.0
	google.golang.org/protobuf v1.36.10
	goshawk.test/truth v0.0.0
)

require (
	golang.org/x/sys v0.39.0 // indirect
	golang.org/x/text v0.32.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20251202230838-ff82c1b0f217 // indirect
)

replace goshawk.test/truth => ../truth
