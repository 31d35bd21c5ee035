// The page that stands at / when this is no demo: it says how to open one.

import { fill, load } from './strings.js';

document.querySelector('#origin').textContent = location.origin;
fill(document.body, await load(document.documentElement.lang));
