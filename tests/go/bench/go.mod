module goshawk.test/bench

go 1.24
