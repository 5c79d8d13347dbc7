module goshawk.test/matrix

go 1.17
