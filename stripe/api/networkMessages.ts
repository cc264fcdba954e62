/** What Node's codes of the network say to a person (nodejs.org/api/errors.html, "Common system errors"). */
const NETWORK_MESSAGES: ReadonlyMap<string, string> = new Map([
	['ECONNRESET', 'The connection was closed before the response arrived'],
	['EPIPE', 'The connection was cut while the request was being written'],
	['ECONNABORTED', 'The connection was closed before the response arrived'],
	['ETIMEDOUT', 'No response in time'],
	['ESOCKETTIMEDOUT', 'No response in time'],
	['ECONNREFUSED', 'Connection refused'],
	['ENOTFOUND', 'Host not found'],
	['EAI_AGAIN', 'The host name could not be resolved'],
	['EHOSTUNREACH', 'The host cannot be reached'],
	['ENETUNREACH', 'The host cannot be reached'],
]);

/**
 * Why a request got no answer, in words for a person. The code stays beside it, because administrators search for it.
 *
 * @param code of Node or OpenSSL
 * @param message what stands in place of words for a code that is not known
 */
export function toNetworkMessage(code: string | undefined, message: string | undefined): string {
	const explanation = code === undefined ? undefined : NETWORK_MESSAGES.get(code);
	if (explanation === undefined) return message ?? 'No response';
	return `${explanation} (${code})`;
}
