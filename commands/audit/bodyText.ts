import type { Piece } from '../../nodes/shared/parameters/expression';
import {
	getWholeCode,
	hasCondition,
	isExpression,
	splitExpression,
} from '../../nodes/shared/parameters/expression';
import type { Branch, Tree } from './jsonTree';
import { listLeaves } from './jsonTree';

/** Why a request cannot be written into our node. */
export class CannotConvertError extends Error {}

/** Parameters as the text of a JSON parameter: with an equals sign in front where there are expressions in it. */
export function toBodyText(tree: Tree): string {
	const hasCode = listLeaves(tree).some(({ value }) => isExpression(value));
	if (!hasCode) return JSON.stringify(tree, null, 2);
	return `=${writeBranch(tree, '')}`;
}

function writeBranch(branch: Branch, indent: string): string {
	const inner = `${indent}  `;
	if (Array.isArray(branch)) {
		const items = branch.map((item) => `${inner}${writeBranch(item, inner)}`);
		return `[\n${items.join(',\n')}\n${indent}]`;
	}
	if (typeof branch === 'object' && branch !== null) {
		const lines = Object.entries(branch).map(
			([name, value]) => `${inner}${JSON.stringify(name)}: ${writeBranch(value, inner)}`,
		);
		return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
	}
	return writeLeaf(branch);
}

function writeLeaf(value: string | number | boolean | null): string {
	if (!isExpression(value)) {
		const text = JSON.stringify(value);
		if (text.includes('{{'))
			throw new CannotConvertError('a fixed text has braces in it that n8n would take for code');
		return text;
	}
	const code = getWholeCode(value);
	if (code !== undefined && !hasCondition(code)) return `{{ JSON.stringify(${code}) }}`;
	const pieces = splitExpression(value);
	// What decides by itself what to do without a field is left as it is; our node checks what comes of it.
	if (pieces.some(({ kind, source }) => kind === 'code' && hasCondition(source)))
		return `"${pieces.map(quoteInText).join('')}"`;
	return `{{ JSON.stringify(${pieces.map(toOperand).join(' + ')}) }}`;
}

function quoteInText({ kind, source }: Piece): string {
	return kind === 'code' ? `{{${source}}}` : JSON.stringify(source).slice(1, -1);
}

function toOperand({ kind, source }: Piece): string {
	if (kind === 'text') return JSON.stringify(source);
	const code = source.trim();
	return /^[\w$.[\]"'?() -]+$/.test(code) ? code : `(${code})`;
}
