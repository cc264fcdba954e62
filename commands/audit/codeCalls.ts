/** Stripe's library, as code names it. */
const USES_LIBRARY =
	/(?:require\(\s*|import\(\s*|from\s+)["'`]stripe["'`]|\bimport stripe\b|\bfrom stripe import\b|new Stripe\(/i;
/** In the place of a host: in a query it is only mentioned. */
const ADDRESS = /(?<=:\/\/|[@"'`\s=]|^)(?<![?#][^\s"'`]*)api\.stripe\.com(?![\w-]|\.\w)/gi;
/** What a request to another host names first, or as its address. */
const FIRST_ADDRESS = /(?:^\s*|\b(?:url|uri)["']?\s*:\s*)["'`]https?:\/\/([^/?#"'`]*)/i;
/** By what name the library writes. What cannot happen twice to one object is none of them; others create what is nothing of Stripe's. */
const LIBRARY_WRITES =
	/(?<!\b(?:Object|axios|got|ky))\.(?:create(?:BalanceTransaction|CashBalanceTransaction|Reversal|Source|UsageRecord)?|addLines|sendInvoice|incrementAuthorization)\(|\brawRequest\(\s*["'`]POST/gi;
/** Adds to what is there, unless it names the item that it replaces. */
const PLAN_CHANGES = /\b(?:subscriptions\.update|Subscription\.modify)\(/g;
const POSTS = /\bPOST\b/i;
/** A method that is no fixed one, or something to send. */
const MAY_POST =
	/\bmethod\s*[,}]|\bmethod["']?\s*[:=]\s*(?!\s|["'`](?:GET|HEAD|DELETE)\b)|\b(?:body|data|form)\s*[:=,}]/i;

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
	/^\s*(?:npx\s+)?(?:\S*\/)?stripe\s(?:\s*-[\w-]+(?:[= ](?:sk|rk|acct)_\w+)?\s)*\s*(?:post|\w+\s+create)\b/;
/** HTTPie posts as soon as there is something to send. */
const HTTPIE_WRITES = /^\s*https?\s(?![^]*\bGET\b)[^]*\s\S*\w:?=/;
/** Of a shell: what stands in quotes or in an expression is one part of it, and a line may go on behind a backslash. */
const COMMANDS = /(?:"(?:[^"\\]|\\[^])*"|'[^']*'|\{\{[^{}]*\}\}|\\[^]|[^"'\\;&|\n])+/g;

/** What code sends to Stripe that may be executed twice. */
export interface CodeCalls {
	isWriting: boolean;
	/** One of the calls, as far as they can be told apart, names no key, and takes no settings from elsewhere. */
	hasCallWithoutKey: boolean;
}

/** @param written code of JavaScript, Python or a shell */
export function readCodeCalls(written: string): CodeCalls {
	const code = fillVariables(withoutComments(written));
	const library = USES_LIBRARY.test(code) ? listLibraryWrites(unifyCalls(code)) : [];
	const commands = (code.match(COMMANDS) ?? []).filter(isWritingCommand);
	return {
		isWriting: library.length > 0 || commands.length > 0 || isPosting(code),
		hasCallWithoutKey: [...library, ...commands].some((call) => !namesKey(call)),
	};
}

/** An address has two slashes too, and a media type has a slash and a star. */
function withoutComments(code: string): string {
	return code
		.replace(/(?<=^|[\s;{}(),])\/\*[^]*?\*\//g, '')
		.replace(/(?<=^|[\s;{}])\/\/[^\n]*/g, '')
		.replace(/^[ \t]*#[^\n]*/gm, '');
}

/** What a shell puts in the place of `$API` and `${API}`. */
function fillVariables(code: string): string {
	const addresses = code.matchAll(/(?<![\w$])(\w+)=["']?(https?:\/\/[\w.-]+\.stripe\.com[^\s;"']*)/g);
	return [...addresses].reduce(
		(filled, [, name = '', address = '']) =>
			filled.replaceAll(`\${${name}}`, address).replaceAll(new RegExp(`\\$${name}\\b`, 'g'), address),
		code,
	);
}

/** `stripe["refunds"]?.create ?.(` is `stripe.refunds.create(`. */
function unifyCalls(code: string): string {
	return code
		.replace(/(?:\?\.)?\[\s*["'`](\w+)["'`]\s*\]/g, '.$1')
		.replace(/([\w)\]])\s*\?\.\s*(?=\()/g, '$1')
		.replaceAll('?.', '.')
		.replace(/(\w)[ \t]+\(/g, '$1(');
}

/** What stands between the brackets of each. */
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

/** Where the address comes from data, the key that is sent along tells. */
function leadsToStripe(command: string): boolean {
	if (command.search(ADDRESS) >= 0) return true;
	return !/https?:\/\//.test(command) && /\{\{[^{}]*stripe|[sr]k_(?:live|test)_/i.test(command);
}

/** Whether something is posted, and an address of Stripe's is not only read. */
function isPosting(code: string): boolean {
	return [...code.matchAll(ADDRESS)].some(({ index }) => isWrittenTo(code, index));
}

/** By `fetch('https://api.stripe.com/v1/balance')`: what is posted elsewhere in the code goes elsewhere. */
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
