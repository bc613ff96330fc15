"use strict";
// What the page holds compressed: its data, and the charting library.
if (!window.DecompressionStream) {
  document.getElementById("main").append("This browser cannot unpack the page; Chrome 80, Firefox 113 and Safari 16.4 can. The figures are in the result JSON beside this page.");
  return;
}

/// The text that an element holds, deflated and in base 64.
async function unpacked(id) {
  const holder = document.getElementById(id);
  const packed = atob(holder.textContent);
  holder.remove();
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

/// Runs a script that an element holds.
async function runScript(id) {
  const script = document.createElement("script");
  script.textContent = await unpacked(id);
  document.head.append(script);
}
