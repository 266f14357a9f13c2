//go:build !asan

package chost

const sanitize = false
