/**
 * Preloaded into n8n: redirects Stripe requests of n8n's own nodes to the simulator at SIMULATED_STRIPE, because
 * their address cannot be configured.
 */
const http = require('node:http');
const https = require('node:https');

const { hostname, port } = new URL(process.env.SIMULATED_STRIPE);
const send = https.request;

https.request = (options, ...more) =>
	options?.hostname === 'api.stripe.com'
		? http.request(
				{ ...options, protocol: 'http:', hostname, host: hostname, port, agent: undefined },
				...more,
			)
		: send(options, ...more);
