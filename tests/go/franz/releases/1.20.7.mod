module goshawk.test/franz

go 1.25.0

require (
	github.com/twmb/franz-go v1.20.7
	goshawk.test/truth v0.0.0
)

require (
	github.com/klauspost/compress v1.18.4 // indirect
	github.com/pierrec/lz4/v4 v4.1.25 // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.12.0 // indirect
)

replace goshawk.test/truth => ../truth
