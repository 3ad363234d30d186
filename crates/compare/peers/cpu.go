// One compute job on all cores: goroutines that take the next piece.
package main

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func steps(n uint64) uint64 {
	count := uint64(0)
	for n != 1 {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
		count++
	}
	return count
}

func collatz(from, to uint64) uint64 {
	sum := uint64(0)
	for n := from; n < to; n++ {
		sum += steps(n)
	}
	return sum
}

func hash(nth uint64, iterations int) uint64 {
	password := fmt.Sprintf("password %d", nth)
	key, err := pbkdf2.Key(sha256.New, password, []byte("salt"), iterations, 32)
	if err != nil {
		panic(err)
	}
	return uint64(key[0])<<8 | uint64(key[1])
}

// parallel adds up what piece returns for each of count pieces.
func parallel(count uint64, piece func(uint64) uint64) uint64 {
	var next, sum atomic.Uint64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			local := uint64(0)
			for nth := next.Add(1) - 1; nth < count; nth = next.Add(1) - 1 {
				local += piece(nth)
			}
			sum.Add(local)
		})
	}
	wg.Wait()
	return sum.Load()
}

func number(nth int) uint64 {
	n, err := strconv.ParseUint(os.Args[nth], 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	kind, count, size := os.Args[1], number(2), number(3)
	start := time.Now()
	var sum uint64
	if kind == "collatz" {
		sum = parallel(count, func(nth uint64) uint64 {
			return collatz(nth*size+1, (nth+1)*size+1)
		})
	} else {
		sum = parallel(count, func(nth uint64) uint64 {
			return hash(nth, int(size))
		})
	}
	fmt.Printf("seconds=%.6f result=%d\n", time.Since(start).Seconds(), sum)
}
