import { asText } from '../objects/stripeObject';

/** Node.js and OpenSSL codes for a certificate that was not accepted. The request would be written only after this check. */
const CERTIFICATE_ERROR =
	/^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_(?:VERIFY|GET_ISSUER))/;

/** Node.js codes for a request that it refuses to write. */
const UNSENDABLE_CODES = new Set(['ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_UNESCAPED_CHARACTERS']);

/** Returns whether the error shows that no request was written. */
export function wasNeverSent(cause: unknown): boolean {
	if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(wasNeverSent);
	const { code, syscall } = readSystemError(cause);
	if (code !== undefined && UNSENDABLE_CODES.has(code)) return true;
	return (
		syscall === 'connect' ||
		syscall === 'getaddrinfo' ||
		(code !== undefined && CERTIFICATE_ERROR.test(code))
	);
}

/** Reads an error of Node.js. */
export function readSystemError(cause: unknown): { code?: string; syscall?: string; message?: string } {
	if (typeof cause !== 'object' || cause === null) return {};
	const { code, syscall, message } = cause as Record<string, unknown>;
	return { code: asText(code), syscall: asText(syscall), message: asText(message === '' ? code : message) };
}
