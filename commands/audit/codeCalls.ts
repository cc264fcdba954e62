/** How code refers to Stripe's library. */
const USES_LIBRARY =
	/(?:require\(\s*|import\(\s*|from\s+)["'`]stripe["'`]|\bimport stripe\b|\bfrom stripe import\b|new Stripe\(/i;
/** Matches the host of an address. In a query it is only mentioned. */
const ADDRESS = /(?<=:\/\/|[@"'`\s=]|^)(?<![?#][^\s"'`]*)api\.stripe\.com(?![\w-]|\.\w)/gi;
/** The host of a request to somewhere else: its first argument, or its `url`. */
const FIRST_ADDRESS = /(?:^\s*|\b(?:url|uri)["']?\s*:\s*)["'`]https?:\/\/([^/?#"'`]*)/i;
/**
 * The library's methods that write. Methods that cannot be executed twice for one object are left out, and so are methods of
 * other libraries.
 */
const LIBRARY_WRITES =
	/(?<!\b(?:Object|axios|got|ky))\.(?:create(?:BalanceTransaction|CashBalanceTransaction|Reversal|Source|UsageRecord)?|addLines|sendInvoice|incrementAuthorization)\(|\brawRequest\(\s*["'`]POST/gi;
/** These add an item to a subscription, unless they name the item to replace. */
const PLAN_CHANGES = /\b(?:subscriptions\.update|Subscription\.modify)\(/g;
const POSTS = /\bPOST\b/i;
/** A method that is not a constant, or a body to send. */
const MAY_POST =
	/\bmethod\s*[,}]|\bmethod["']?\s*[:=]\s*(?!\s|["'`](?:GET|HEAD|DELETE)\b)|\b(?:body|data|form)\s*[:=,}]/i;

/** Functions that request an address, with the method among their arguments. */
const REQUEST =
	/(?:\b(?:fetch|axios|got|urlopen|request)|\.(?:get|httpRequest\w*|request\w*)(?:\.call)?)\s*$/;
/** Settings that are defined elsewhere, where the method may be too. */
const FROM_ELSEWHERE = /\.\.\.|,\s*[\w$.]+\s*,?\s*$/;

const CURL_WRITES =
	/\bcurl\b[^]*?(?<![\w-])(?:-[sSLkfivgNq]*[dF]|--data|--form|--json|-X\s*["']?POST|--request[\s=]["']?POST)/;
const CURL_READS = /(?<![\w-])(?:-G|--get|-X\s*["']?GET|--request[\s=]["']?GET)\b/;
/** Stripe's own command-line tool. */
const STRIPE_COMMAND =
	/^\s*(?:npx\s+)?(?:\S*\/)?stripe\s(?:\s*-[\w-]+(?:[= ](?:sk|rk|acct)_\w+)?\s)*\s*(?:post|\w+\s+create)\b/;
/** HTTPie sends a POST as soon as there is a body. */
const HTTPIE_WRITES = /^\s*https?\s(?![^]*\bGET\b)[^]*\s\S*\w:?=/;
/** The commands of a shell script. Quotes and expressions are kept whole, and a backslash continues a line. */
const COMMANDS = /(?:"(?:[^"\\]|\\[^])*"|'[^']*'|\{\{[^{}]*\}\}|\\[^]|[^"'\\;&|\n])+/g;

/** The requests in code that Stripe may execute twice. */
export interface CodeCalls {
	isWriting: boolean;
	/** Whether a call, as far as calls can be told apart, has no key and takes no settings from elsewhere. */
	hasCallWithoutKey: boolean;
}

/** @param written code in JavaScript, Python or a shell language */
export function readCodeCalls(written: string): CodeCalls {
	const code = fillVariables(withoutComments(written));
	const library = USES_LIBRARY.test(code) ? listLibraryWrites(unifyCalls(code)) : [];
	const commands = (code.match(COMMANDS) ?? []).filter(isWritingCommand);
	return {
		isWriting: library.length > 0 || commands.length > 0 || isPosting(code),
		hasCallWithoutKey: [...library, ...commands].some((call) => !namesKey(call)),
	};
}

/** Keeps the `//` of addresses and the `/*` of media types. */
function withoutComments(code: string): string {
	return code
		.replace(/(?<=^|[\s;{}(),])\/\*[^]*?\*\//g, '')
		.replace(/(?<=^|[\s;{}])\/\/[^\n]*/g, '')
		.replace(/^[ \t]*#[^\n]*/gm, '');
}

/** Replaces `$API` and `${API}` as a shell does. */
function fillVariables(code: string): string {
	const addresses = code.matchAll(/(?<![\w$])(\w+)=["']?(https?:\/\/[\w.-]+\.stripe\.com[^\s;"']*)/g);
	return [...addresses].reduce(
		(filled, [, name = '', address = '']) =>
			filled.replaceAll(`\${${name}}`, address).replaceAll(new RegExp(`\\$${name}\\b`, 'g'), address),
		code,
	);
}

/** Turns `stripe["refunds"]?.create ?.(` into `stripe.refunds.create(`. */
function unifyCalls(code: string): string {
	return code
		.replace(/(?:\?\.)?\[\s*["'`](\w+)["'`]\s*\]/g, '.$1')
		.replace(/([\w)\]])\s*\?\.\s*(?=\()/g, '$1')
		.replaceAll('?.', '.')
		.replace(/(\w)[ \t]+\(/g, '$1(');
}

/** Returns the arguments of each call. */
function listLibraryWrites(code: string): string[] {
	const listCalls = (pattern: RegExp) =>
		[...code.matchAll(pattern)].map(({ index, 0: name }) => {
			const from = code.indexOf('(', index) + 1;
			return code.slice(from, findEnd(code, from)) || name;
		});
	const isAdding = (call: string) => /\bitems\b/.test(call) && !/\bid["']?\s*[:=]/.test(call);
	return [...listCalls(LIBRARY_WRITES), ...listCalls(PLAN_CHANGES).filter(isAdding)];
}

function namesKey(call: string): boolean {
	return /idempotency/i.test(call) || FROM_ELSEWHERE.test(call);
}

function isWritingCommand(command: string): boolean {
	if (STRIPE_COMMAND.test(command)) return true;
	if (!leadsToStripe(command)) return false;
	if (HTTPIE_WRITES.test(command)) return true;
	return /\bcurl\b/.test(command) && CURL_WRITES.test(command) && !CURL_READS.test(command);
}

/** If the address comes from data, the secret key that is sent shows that it is Stripe's. */
function leadsToStripe(command: string): boolean {
	if (command.search(ADDRESS) >= 0) return true;
	return !/https?:\/\//.test(command) && /\{\{[^{}]*stripe|[sr]k_(?:live|test)_/i.test(command);
}

/** Returns whether code posts to an address of Stripe's, and does not only read from it. */
function isPosting(code: string): boolean {
	return [...code.matchAll(ADDRESS)].some(({ index }) => isWrittenTo(code, index));
}

/** For `fetch('https://api.stripe.com/v1/balance')`, a POST elsewhere in the code goes to another address. */
function isWrittenTo(code: string, address: number): boolean {
	if (isInCommand(code, address)) return false;
	const from = findBegin(code, address);
	if (from === undefined) return POSTS.test(code);
	const call = code.slice(from, findEnd(code, from));
	const callee = code.slice(Math.max(0, from - 61), from - 1);
	const [, first] = FIRST_ADDRESS.exec(call) ?? [];
	if (first !== undefined && !/stripe\.com/i.test(first)) return false;
	if (!REQUEST.test(callee) || FROM_ELSEWHERE.test(call)) return POSTS.test(code) || MAY_POST.test(call);
	return POSTS.test(call) || MAY_POST.test(call);
}

/** The flags of curl say what it does, so its addresses are not counted here. */
function isInCommand(code: string, address: number): boolean {
	const before = code.slice(code.lastIndexOf('\n', address) + 1, address);
	const command = [...before.matchAll(COMMANDS)].at(-1)?.[0] ?? '';
	return /(?:^|\s)curl\s/.test(command);
}

/** Returns the position after the opening bracket that encloses this place. */
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
