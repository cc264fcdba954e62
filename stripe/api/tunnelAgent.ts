import { HttpsProxyAgent } from 'https-proxy-agent';

/**
 * Every request through a proxy is https. Left to itself, the agent guesses it from the call stack: it then never finds a
 * kept tunnel again, and where call stacks are switched off it would send the secret key in the clear.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
	override isSecureEndpoint(): boolean {
		return true;
	}
}
