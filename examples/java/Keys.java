import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Signatures and seals by JCA alone: Ed25519 and ES256, ECDH-ES+A256KW over X25519 and P-256, A256GCM. */
final class Keys {
    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    private static final BigInteger Y8 =
        new BigInteger("2707385501144840649318225287225658788936804267575313519463743609750303402022");
    private static final Set<BigInteger> SMALL =
        Set.of(BigInteger.ZERO, BigInteger.ONE, P.subtract(BigInteger.ONE), Y8, P.subtract(Y8));
    private static final BigInteger ORDER =
        new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
    private static final SecureRandom RANDOM = new SecureRandom();

    private static BigInteger little(byte[] data) {
        byte[] turned = data.clone();
        for (int at = 0; at < data.length; at++) turned[at] = data[data.length - 1 - at];
        return new BigInteger(1, turned);
    }

    /** That an Ed25519 point is of no small order and written in the one way (keys §1.3, §3). */
    private static boolean fit(byte[] point) {
        BigInteger y = little(point).clearBit(255);
        return point.length == 32 && y.compareTo(P) < 0 && !SMALL.contains(y);
    }

    /** An X25519 point below the field's prime: what is above is a second spelling (keys §3). */
    static boolean fitX25519(byte[] point) {
        return little(point).compareTo(P) < 0;
    }

    static byte[] random(int size) {
        byte[] data = new byte[size];
        RANDOM.nextBytes(data);
        return data;
    }

    private static ECParameterSpec p256() throws GeneralSecurityException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        return parameters.getParameterSpec(ECParameterSpec.class);
    }

    private static BigInteger number(JsonNode key, String name) {
        return new BigInteger(1, Wire.unb64u(key.get(name).textValue()));
    }

    /** Of a JWK (RFC 7517, RFC 8037); RFC 8410 has the bytes around a key of Edwards' and Montgomery's curves. */
    static PublicKey publicKey(JsonNode key) throws GeneralSecurityException {
        if (key.get("kty").textValue().equals("EC")) {
            ECPoint point = new ECPoint(number(key, "x"), number(key, "y"));
            return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, p256()));
        }
        boolean signs = key.get("crv").textValue().equals("Ed25519");
        byte[] around = HexFormat.of().parseHex("302a300506032b65" + (signs ? "70" : "6e") + "032100");
        byte[] whole = Wire.joined(around, Wire.unb64u(key.get("x").textValue()));
        return KeyFactory.getInstance(signs ? "Ed25519" : "X25519").generatePublic(new X509EncodedKeySpec(whole));
    }

    static PrivateKey privateKey(JsonNode key) throws GeneralSecurityException {
        if (key.get("kty").textValue().equals("EC")) {
            return KeyFactory.getInstance("EC").generatePrivate(new ECPrivateKeySpec(number(key, "d"), p256()));
        }
        boolean signs = key.get("crv").textValue().equals("Ed25519");
        byte[] around = HexFormat.of().parseHex("302e020100300506032b65" + (signs ? "70" : "6e") + "04220420");
        byte[] whole = Wire.joined(around, Wire.unb64u(key.get("d").textValue()));
        return KeyFactory.getInstance(signs ? "Ed25519" : "X25519").generatePrivate(new PKCS8EncodedKeySpec(whole));
    }

    private static Signature signature(String alg) throws GeneralSecurityException {
        return Signature.getInstance(alg.equals("Ed25519") ? alg : "SHA256withECDSAinP1363Format");
    }

    /** A directory's entry of a signing key as a JWK (keys §2.3). */
    private static JsonNode jwk(JsonNode entry) {
        boolean ed = entry.get("alg").textValue().equals("Ed25519");
        return Wire.JSON.createObjectNode().put("kty", ed ? "OKP" : "EC").put("crv", ed ? "Ed25519" : "P-256")
            .put("x", entry.get("x").textValue()).put("y", entry.path("y").textValue());
    }

    /** That a signature is the key's own of these bytes: the one spelling of it (keys §1.3). */
    static void demandSigned(JsonNode entry, byte[] message, byte[] signature) {
        String alg = entry.get("alg").textValue();
        Wire.demand(signature.length == 64, "bad_signature");
        if (alg.equals("Ed25519")) {
            boolean fits = fit(Wire.unb64u(entry.get("x").textValue())) && fit(Arrays.copyOf(signature, 32));
            Wire.demand(fits, "bad_signature");
        } else {
            BigInteger s = new BigInteger(1, signature, 32, 32);
            Wire.demand(s.signum() > 0 && s.compareTo(ORDER.shiftRight(1)) <= 0, "bad_signature");
        }
        try {
            Signature verifier = signature(alg);
            verifier.initVerify(publicKey(jwk(entry)));
            verifier.update(message);
            Wire.demand(verifier.verify(signature), "bad_signature");
        } catch (GeneralSecurityException fault) {
            throw new Wire.Refused("bad_signature");
        }
    }

    /** Of ES256's two S the lower (keys §1.3). */
    static byte[] sign(JsonNode key, byte[] message) throws GeneralSecurityException {
        Signature signer = signature(key.get("alg").textValue());
        signer.initSign(privateKey(key));
        signer.update(message);
        byte[] made = signer.sign();
        BigInteger s = new BigInteger(1, made, 32, 32);
        if (key.get("alg").textValue().equals("Ed25519") || s.compareTo(ORDER.shiftRight(1)) <= 0) return made;
        return Wire.joined(Arrays.copyOf(made, 32), fixed(ORDER.subtract(s)));
    }

    private static byte[] fixed(BigInteger value) {
        byte[] data = value.toByteArray();
        return data.length == 33 ? Arrays.copyOfRange(data, 1, 33) : Wire.joined(new byte[32 - data.length], data);
    }

    /** Agreement, then Concat KDF (RFC 7518 §4.6.2) for a key that wraps. */
    private static SecretKeySpec wrapping(PrivateKey own, PublicKey other, boolean curve25519) throws GeneralSecurityException {
        KeyAgreement agreement = KeyAgreement.getInstance(curve25519 ? "X25519" : "ECDH");
        agreement.init(own);
        agreement.doPhase(other, true);
        byte[] one = {0, 0, 0, 1}, none = new byte[8], bits = {0, 0, 1, 0};
        byte[] derived = Wire.sha(Wire.joined(one, agreement.generateSecret(), Wire.frames("ECDH-ES+A256KW"), none, bits));
        return new SecretKeySpec(derived, "AES");
    }

    private static Cipher gcm(int mode, Key key, byte[] iv, String head) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(128, iv));
        cipher.updateAAD(Wire.ascii(head));
        return cipher;
    }

    /** The plaintext of a part whose header is checked. */
    static byte[] open(String part, JsonNode key, JsonNode epk) {
        var segments = Wire.segments(part, 5);
        Wire.demand(segments.get(1).length == 40 && segments.get(2).length == 12 && segments.get(4).length == 16, "cannot_open");
        try {
            Cipher unwrap = Cipher.getInstance("AESWrap");
            boolean curve25519 = epk.get("crv").textValue().equals("X25519");
            unwrap.init(Cipher.UNWRAP_MODE, wrapping(privateKey(key), publicKey(epk), curve25519));
            var content = unwrap.unwrap(segments.get(1), "AES", Cipher.SECRET_KEY);
            String head = part.substring(0, part.indexOf('.'));
            return gcm(Cipher.DECRYPT_MODE, content, segments.get(2), head).doFinal(Wire.joined(segments.get(3), segments.get(4)));
        } catch (GeneralSecurityException | RuntimeException fault) {
            throw new Wire.Refused("cannot_open");
        }
    }

    /** A part (envelope §3.3): a fresh ephemeral key, content key and IV. */
    static String seal(byte[] plaintext, ObjectNode header, JsonNode key) throws GeneralSecurityException {
        boolean curve25519 = key.get("crv").textValue().equals("X25519");
        KeyPairGenerator generator = KeyPairGenerator.getInstance(curve25519 ? "X25519" : "EC");
        if (!curve25519) generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair own = generator.generateKeyPair();
        var epk = header.putObject("epk").put("kty", key.get("kty").textValue()).put("crv", key.get("crv").textValue());
        if (own.getPublic() instanceof ECPublicKey point) {
            epk.put("x", Wire.b64u(fixed(point.getW().getAffineX()))).put("y", Wire.b64u(fixed(point.getW().getAffineY())));
        } else {
            byte[] encoded = own.getPublic().getEncoded();
            epk.put("x", Wire.b64u(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
        }
        String head = Wire.b64u(Wire.ascii(Wire.canonical(header)));
        SecretKeySpec content = new SecretKeySpec(random(32), "AES");
        Cipher wrap = Cipher.getInstance("AESWrap");
        wrap.init(Cipher.WRAP_MODE, wrapping(own.getPrivate(), publicKey(key), curve25519));
        byte[] iv = random(12), sealed = gcm(Cipher.ENCRYPT_MODE, content, iv, head).doFinal(plaintext);
        byte[] text = Arrays.copyOf(sealed, sealed.length - 16);
        byte[] tag = Arrays.copyOfRange(sealed, sealed.length - 16, sealed.length);
        return Stream.of(wrap.wrap(content), iv, text, tag).map(Wire::b64u).reduce(head, (all, one) -> all + "." + one);
    }
}
