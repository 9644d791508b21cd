package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
)

var b64u = base64.RawURLEncoding.Strict()

// envelope §3.3: what the seal of a content key is bound to
func info(head string) []byte {
	var bound []byte
	for _, field := range []string{"relais", "part-key", head} {
		bound = binary.BigEndian.AppendUint32(bound, uint32(len(field)))
		bound = append(bound, field...)
	}
	return bound
}

func content(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func parts(rule string) (func(string) (string, error), error) {
	seed, err := b64u.DecodeString(strings.TrimSpace(rule))
	if err != nil {
		return nil, err
	}
	private, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	return func(path string) (string, error) {
		token, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		segments := strings.Split(string(token), ".")
		if len(segments) != 5 {
			return "", fmt.Errorf("%d segments", len(segments))
		}
		var raw [5][]byte
		for at, segment := range segments {
			if raw[at], err = b64u.DecodeString(segment); err != nil {
				return "", err
			}
		}
		key, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), info(segments[0]), raw[1])
		if err != nil {
			return "", err
		}
		aead, err := content(key)
		if err != nil {
			return "", err
		}
		if len(raw[2]) != aead.NonceSize() {
			return "", fmt.Errorf("an IV of %d bytes", len(raw[2]))
		}
		plaintext, err := aead.Open(nil, raw[2], append(raw[3], raw[4]...), []byte(segments[0]))
		return b64u.EncodeToString(plaintext), err
	}, err
}

func seals(rule string) (func(string) (string, error), error) {
	raw, err := b64u.DecodeString(strings.TrimSpace(rule))
	if err != nil {
		return nil, err
	}
	public, err := hpke.MLKEM768X25519().NewPublicKey(raw)
	return func(path string) (string, error) {
		draft, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		head, plaintext, _ := strings.Cut(string(draft), "\n")
		key, iv := make([]byte, 32), make([]byte, 12)
		rand.Read(key)
		rand.Read(iv)
		wrapped, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), info(head), key)
		if err != nil {
			return "", err
		}
		aead, err := content(key)
		if err != nil {
			return "", err
		}
		sealed := aead.Seal(nil, iv, []byte(plaintext), []byte(head))
		last := len(sealed) - aead.Overhead()
		segments := []string{head}
		for _, one := range [][]byte{wrapped, iv, sealed[:last], sealed[last:]} {
			segments = append(segments, b64u.EncodeToString(one))
		}
		return strings.Join(segments, "."), nil
	}, err
}
