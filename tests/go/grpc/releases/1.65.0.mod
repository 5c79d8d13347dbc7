module goshawk.test/grpc

go 1.24.0

require (
	golang.org/x/net v0.47.0
	google.golang.org/grpc v1.65.0
	google.golang.org/protobuf v1.36.6
	goshawk.test/truth v0.0.0
)

require (
	golang.org/x/sys v0.38.0 // indirect
	golang.org/x/text v0.31.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20240528184218-531527333157 // indirect
)

replace goshawk.test/truth => ../truth
