//go:build asan

package chost

const sanitize = true
