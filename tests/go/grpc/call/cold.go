// SPDX-License-Identifier: Apache-2.0

package call

import (
	"log"
	"os"
	"syscall"
	"unsafe"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Cold is a status error whose code is on a page that is not there from a call of cool on until somebody looks at it,
// as that of a constant is not.
func Cold(code codes.Code) (err error, cool func()) {
	file, err := os.CreateTemp("", "cold")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	os.Remove(file.Name())
	page := os.Getpagesize()
	if err := file.Truncate(int64(page)); err != nil {
		log.Fatal(err)
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		log.Fatal(err)
	}
	made := status.New(code, "cold")
	proto := made.Proto()
	copy(memory, unsafe.Slice((*byte)(unsafe.Pointer(proto)), unsafe.Sizeof(*proto)))
	*(*unsafe.Pointer)(unsafe.Pointer(made)) = unsafe.Pointer(&memory[0])
	return made.Err(), func() {
		if err := syscall.Madvise(memory, syscall.MADV_DONTNEED); err != nil {
			log.Fatal(err)
		}
	}
}
