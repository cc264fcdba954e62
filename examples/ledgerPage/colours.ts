import { css } from './markup';

/** Colours for light and dark mode. Each has enough contrast on `--ground` and on `--paper`. */
export const COLOURS = css`
	:root {
		color-scheme: light dark;
		--ground: #f6f8fa;
		--paper: #fff;
		--ink: #1f2328;
		--quiet: #57606a;
		--line: #d0d7de;
		--link: #0550ae;
		--succeeded: #1a7f37;
		--rejected: #9a4a00;
		--unknown: #b3121f;
		--other: #5c6670;
	}
	@media (prefers-color-scheme: dark) {
		:root {
			--ground: #0d1117;
			--paper: #161b22;
			--ink: #e6edf3;
			--quiet: #9aa4af;
			--line: #3d444d;
			--link: #79b8ff;
			--succeeded: #4ac26b;
			--rejected: #f0a04b;
			--unknown: #ff8580;
			--other: #a3adb8;
		}
	}
`;
