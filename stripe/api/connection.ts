import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

import { getProxyForUrl } from 'proxy-from-env';
import Stripe from 'stripe';

import packageJson from '../../package.json';
import type { Clock, TimeSource } from '../../ledger/clock';
import { buildHostClock, systemTime } from '../../ledger/clock';
import { AccountCheck } from './account';
import { sendOnce } from './client';
import { InvalidCredentialError } from './credentialError';
import { RateLimiter } from './rateLimiter';
import { isStripeHost } from './stripeHost';
import { SingleSendHttpClient } from './singleSendHttpClient';
import { StripeClock } from './stripeClock';
import type { ResponseHeaders } from './stripeClock';
import { TunnelAgent } from './tunnelAgent';

/** Pinned, so that an SDK update does not change the data that workflows receive. */
export const DEFAULT_API_VERSION = '2026-10-28.endive';

const SECRET_KEY = /^(?:sk|rk)_(test|live)_[A-Za-z0-9_]+$/;
/**
 * An organization key works for every account of the organization, so it does not determine whose money moves
 * (docs.stripe.com/keys).
 */
const ORGANIZATION_KEY = 'sk_org_';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What is needed to connect to one Stripe account. */
export interface Credential {
	secretKey: string;
	baseUrl: string;
	/**
	 * The account of the key, if the credential states it. Keys of one account share a rate limiter, and a key of another account
	 * is refused.
	 */
	accountId?: string;
}

export interface Connection {
	stripe: Stripe;
	mode: 'test' | 'live';
	/** Whether the key is a restricted key. A secret key has every permission (docs.stripe.com/keys). */
	isRestricted: boolean;
	/** Unique per key, account and address, without revealing them. */
	cacheKey: string;
	/** Stripe's time. Every response on this connection updates it, once the account is confirmed. */
	clock: StripeClock;
	/** Shared by all connections to the account. */
	rateLimiter: RateLimiter;
}

/** Connections by host clock, and then by `cacheKey`. */
const connections = new WeakMap<TimeSource, Map<string, Connection>>();
const rateLimiters = new WeakMap<TimeSource, Map<string, RateLimiter>>();

/** The request that determines Stripe's time, whatever the response is, and the account of the key. */
const FIRST_QUESTION = { method: 'GET', path: '/v1/account', timeoutMs: 10_000 } as const;

/**
 * Returns the connection of a credential: one SDK client and one keep-alive agent per key, address and proxy, for the life of
 * the process. Respects `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
 *
 * @param time the host's clock
 * @throws InvalidCredentialError for a key that is not a secret or restricted key of one account, for an address that is
 * neither https nor local, for a live key with an address that is not Stripe's, and for a proxy that is neither http nor https
 */
export function connect(
	{ secretKey, baseUrl, accountId }: Credential,
	time: TimeSource = systemTime,
): Connection {
	if (secretKey.startsWith(ORGANIZATION_KEY)) throw new InvalidCredentialError('organization_key');
	const mode = SECRET_KEY.exec(secretKey)?.[1];
	if (mode !== 'test' && mode !== 'live') throw new InvalidCredentialError('secret_key');
	const url = parseBaseUrl(baseUrl);
	if (mode === 'live' && !isStripeHost(url)) throw new InvalidCredentialError('foreign_base_url');
	const proxy = getProxyForUrl(url.href);
	const cacheKey = createHash('sha256')
		.update(JSON.stringify([secretKey, url.href, proxy, accountId]))
		.digest('hex');
	const ofHost = connectionsOf(time);
	const connection = ofHost.get(cacheKey) ?? {
		mode,
		isRestricted: secretKey.startsWith('rk_'),
		cacheKey,
		rateLimiter: rateLimiterOf(mode, `${url.href} ${accountId ?? cacheKey}`, time),
		...clientAndClock({ secretKey, accountId }, url, proxy, time),
	};
	ofHost.set(cacheKey, connection);
	return connection;
}

function connectionsOf(time: TimeSource): Map<string, Connection> {
	const known = connections.get(time) ?? new Map<string, Connection>();
	connections.set(time, known);
	return known;
}

function rateLimiterOf(mode: Connection['mode'], account: string, time: TimeSource): RateLimiter {
	const ofHost = rateLimiters.get(time) ?? new Map<string, RateLimiter>();
	rateLimiters.set(time, ofHost);
	const name = `${mode} ${account}`;
	const rateLimiter = ofHost.get(name) ?? new RateLimiter(mode, time);
	ofHost.set(name, rateLimiter);
	return rateLimiter;
}

function clientAndClock(
	{ secretKey, accountId }: Omit<Credential, 'baseUrl'>,
	url: URL,
	proxy: string,
	time: TimeSource,
) {
	const check = new AccountCheck(accountId);
	const ask = () => check.ask(() => sendOnce({ stripe }, FIRST_QUESTION));
	const clock = new StripeClock(time, ask, () => check.isDone);
	const stripe = createClient(secretKey, url, proxy, (headers) => clock.observe(headers));
	return { stripe, clock };
}

/**
 * Returns a clock for decisions without a credential: Stripe's time as known to any connection of this process, otherwise the
 * host's time. The earliest one counts, so that a fast clock deletes nothing.
 *
 * @param time the host's clock
 */
export function buildKnownClock(time: TimeSource): Clock {
	const known = () => {
		const knownTimes = [...connectionsOf(time).values()].flatMap(({ clock }) => clock.known() ?? []);
		return knownTimes.length > 0 ? Math.min(...knownTimes) : undefined;
	};
	const now = () => known() ?? time.now();
	const ascertain = () => Promise.resolve(now());
	return { ...buildHostClock(time), now, known, ascertain, stamp: (since) => known() ?? since };
}

function parseBaseUrl(baseUrl: string): URL {
	const url = URL.parse(baseUrl);
	if (!url) throw new InvalidCredentialError('base_url');
	const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
	const isBare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
	if (!isSafe || !isBare) throw new InvalidCredentialError('base_url');
	return url;
}

function createClient(
	secretKey: string,
	url: URL,
	proxy: string,
	onHeaders: (headers: ResponseHeaders) => void,
): Stripe {
	const isHttp = url.protocol === 'http:';
	return new Stripe(secretKey, {
		host: url.hostname.replace(/^\[|\]$/g, ''),
		port: url.port || (isHttp ? 80 : 443),
		protocol: isHttp ? 'http' : 'https',
		httpClient: new SingleSendHttpClient(
			Stripe.createNodeHttpClient(createAgent(isHttp, proxy)),
			onHeaders,
		),
		apiVersion: DEFAULT_API_VERSION,
		maxNetworkRetries: 0,
		telemetry: false,
		appInfo: { name: packageJson.name, version: packageJson.version },
	});
}

function createAgent(isHttp: boolean, proxy: string): http.Agent {
	// http is allowed only for a local address, which needs no proxy.
	if (isHttp) return new http.Agent({ keepAlive: true });
	if (proxy === '') return new https.Agent({ keepAlive: true });
	if (!/^https?:$/.test(URL.parse(proxy)?.protocol ?? '')) throw new InvalidCredentialError('proxy');
	return new TunnelAgent(proxy, { keepAlive: true });
}
