import { HttpsProxyAgent } from 'https-proxy-agent';

/**
 * An agent for https requests through a proxy. By default the agent guesses the protocol from the call stack: it then never
 * reuses a tunnel, and without call stacks it would send the secret key in the clear.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
	override isSecureEndpoint(): boolean {
		return true;
	}
}
