// SPDX-License-Identifier: Apache-2.0

// Command structs prints every field of every struct in an executable's DWARF, as Go's own
// debug/dwarf reads it: struct, path and offset, separated by tabs. Fields of embedded values are
// printed one level down.
package main

import (
	"bufio"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"log"
	"os"
)

func main() {
	f, err := elf.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	d, err := f.DWARF()
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			log.Fatal(err)
		}
		if e == nil {
			return
		}
		if e.Tag != dwarf.TagStructType {
			continue
		}
		t, err := d.Type(e.Offset)
		if err != nil {
			log.Fatal(err)
		}
		s := t.(*dwarf.StructType)
		for _, m := range s.Field {
			fmt.Fprintf(out, "%s\t%s\t%d\n", s.StructName, m.Name, m.ByteOffset)
			inner := m.Type
			for {
				t, ok := inner.(*dwarf.TypedefType)
				if !ok {
					break
				}
				inner = t.Type
			}
			if in, ok := inner.(*dwarf.StructType); ok {
				for _, n := range in.Field {
					fmt.Fprintf(out, "%s\t%s.%s\t%d\n", s.StructName, m.Name, n.Name, m.ByteOffset+n.ByteOffset)
				}
			}
		}
	}
}
