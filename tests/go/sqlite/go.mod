module goshawk.test/sqlite

go 1.26.0

require (
	github.com/mattn/go-sqlite3 v1.14.32
	goshawk.test/databases v0.0.0
	modernc.org/sqlite v1.61.1
)

require (
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	golang.org/x/sys v0.49.0 // indirect
	goshawk.test/truth v0.0.0 // indirect
	modernc.org/libc v1.79.0 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

replace (
	goshawk.test/databases => ../databases
	goshawk.test/truth => ../truth
)
