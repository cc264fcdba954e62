/** Stripe's library, as code names it. */
const USES_LIBRARY =
	/(?:require\(\s*|import\(\s*|from\s+)["'`]stripe["'`]|\bimport stripe\b|\bfrom stripe import\b|new Stripe\(/i;
const ADDRESS = /api\.stripe\.com/gi;
/** By what name the library writes. What cannot happen twice to one object is none of them; others create what is nothing of Stripe's. */
const LIBRARY_WRITES =
	/(?<!\b(?:Object|axios|got|ky))\.(?:create(?:BalanceTransaction|CashBalanceTransaction|Reversal|Source|UsageRecord)?|addLines|sendInvoice|incrementAuthorization)\(|\brawRequest\(\s*["'`]POST/gi;
const POSTS = /\bPOST\b/i;

/** What asks for an address, and tells the method beside it. */
const REQUEST =
	/(?:\b(?:fetch|axios|got|urlopen|request)|\.(?:get|httpRequest\w*|request\w*)(?:\.call)?)\s*$/;
/** Settings that stand elsewhere, where the method may stand too. */
const FROM_ELSEWHERE = /\.\.\.|,\s*[\w$.]+\s*,?\s*$/;

const CURL_WRITES =
	/\bcurl\b[^]*?(?<![\w-])(?:-[sSLkfivgNq]*[dF]|--data|--form|--json|-X\s*["']?POST|--request[\s=]["']?POST)/;
const CURL_READS = /(?<![\w-])(?:-G|--get|-X\s*["']?GET|--request[\s=]["']?GET)\b/;
/** Stripe's own command. */
const STRIPE_COMMAND =
	/^\s*(?:npx\s+)?stripe\s(?:\s*-[\w-]+(?:[= ](?:sk|rk|acct)_\w+)?\s)*\s*(?:post|\w+\s+create)\b/;
/** Of a shell: what stands in quotes or in an expression is one part of it, and a line may go on behind a backslash. */
const COMMANDS = /(?:"(?:[^"\\]|\\[^])*"|'[^']*'|\{\{[^{}]*\}\}|\\[^]|[^"'\\;&|\n])+/g;

/** What code sends to Stripe that may be executed twice. */
export interface CodeCalls {
	isWriting: boolean;
	/** One of the calls, as far as they can be told apart, names no key, and takes no settings from elsewhere. */
	hasCallWithoutKey: boolean;
}

/** @param code of JavaScript, Python or a shell */
export function readCodeCalls(code: string): CodeCalls {
	const library = USES_LIBRARY.test(code) ? listLibraryWrites(code) : [];
	const commands = (code.match(COMMANDS) ?? []).filter(isWritingCommand);
	return {
		isWriting: library.length > 0 || commands.length > 0 || isPosting(code),
		hasCallWithoutKey: [...library, ...commands].some((call) => !namesKey(call)),
	};
}

/** What stands between the brackets of each. */
function listLibraryWrites(code: string): string[] {
	return [...code.matchAll(LIBRARY_WRITES)].map(({ index, 0: name }) => {
		const from = code.indexOf('(', index) + 1;
		return code.slice(from, findEnd(code, from)) || name;
	});
}

function namesKey(call: string): boolean {
	return /idempotency/i.test(call) || FROM_ELSEWHERE.test(call);
}

function isWritingCommand(command: string): boolean {
	if (STRIPE_COMMAND.test(command)) return true;
	if (!/\bcurl\b/.test(command) || !/api\.stripe\.com/i.test(command)) return false;
	return CURL_WRITES.test(command) && !CURL_READS.test(command);
}

/** Whether something is posted, and an address of Stripe's is not only read. */
function isPosting(code: string): boolean {
	if (!POSTS.test(code)) return false;
	return [...code.matchAll(ADDRESS)].some(({ index }) => !isOnlyRead(code, index));
}

/** By `fetch('https://api.stripe.com/v1/balance')`: what is posted elsewhere in the code goes elsewhere. */
function isOnlyRead(code: string, address: number): boolean {
	if (isInCommand(code, address)) return true;
	const from = findBegin(code, address);
	if (from === undefined) return false;
	const call = code.slice(from, findEnd(code, from));
	const callee = code.slice(Math.max(0, from - 61), from - 1);
	return REQUEST.test(callee) && !POSTS.test(call) && !FROM_ELSEWHERE.test(call);
}

/** What curl does is read from its own flags. */
function isInCommand(code: string, address: number): boolean {
	const before = code.slice(code.lastIndexOf('\n', address) + 1, address);
	const command = [...before.matchAll(COMMANDS)].at(-1)?.[0] ?? '';
	return /(?:^|\s)curl\s/.test(command);
}

/** Behind the bracket that opens around this place. */
function findBegin(code: string, place: number): number | undefined {
	let closed = 0;
	for (let at = place; at >= 0; at--) {
		if (code[at] === ')') closed += 1;
		if (code[at] === '(' && closed-- === 0) return at + 1;
	}
	return undefined;
}

function findEnd(code: string, from: number): number {
	let open = 1;
	for (let at = from; at < code.length; at++) {
		if (code[at] === '(') open += 1;
		if (code[at] === ')' && --open === 0) return at;
	}
	return code.length;
}
