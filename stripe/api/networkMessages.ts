/** What Node's codes of the network say to a person (nodejs.org/api/errors.html, "Common system errors"). */
const NETWORK_MESSAGES: ReadonlyMap<string, string> = new Map([
	['ECONNRESET', 'The connection was cut before the answer came'],
	['EPIPE', 'The connection was cut while the request was being written'],
	['ECONNABORTED', 'The connection was cut before the answer came'],
	['ETIMEDOUT', 'No answer came in time'],
	['ESOCKETTIMEDOUT', 'No answer came in time'],
	['ECONNREFUSED', 'Nothing listens at this address'],
	['ENOTFOUND', 'No address is known for this name'],
	['EAI_AGAIN', 'The name could not be looked up: the name server did not answer'],
	['EHOSTUNREACH', 'There is no way to this address in the network'],
	['ENETUNREACH', 'There is no way to this address in the network'],
]);

/**
 * Why a request got no answer, in words for a person. The code stays beside it, because administrators search for it.
 *
 * @param code of Node or OpenSSL
 * @param message what stands in place of words for a code that is not known
 */
export function toNetworkMessage(code: string | undefined, message: string | undefined): string {
	const explanation = code === undefined ? undefined : NETWORK_MESSAGES.get(code);
	if (explanation === undefined) return message ?? 'No answer came';
	return `${explanation} (${code})`;
}
