// Values are read off a figure's own curves: the nearest point of one is named beside the pointer.
(function () {
  "use strict";
  var tip = document.createElement("div");
  tip.className = "tip"; tip.hidden = true; tip.setAttribute("role", "status");
  document.body.append(tip);
  var superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  function power(k) {
    return "10" + String(k).replace("-", "⁻").replace(/\d/g, function (d) { return superscripts[d]; });
  }
  function text(value, log) {
    if (!log) return Number(value.toPrecision(4)).toString().replace("-", "−");
    var k = Math.floor(value + 1e-9);
    if (k >= -2 && k < 5) return Number(Math.pow(10, value).toPrecision(3)).toString();
    return Math.pow(10, value - k).toFixed(2) + "×" + power(k);
  }
  document.querySelectorAll("figure svg[data-frame]").forEach(function (svg) {
    var frame = JSON.parse(svg.dataset.frame), place = frame.place, view = svg.viewBox.baseVal, curves = null;
    var ns = "http://www.w3.org/2000/svg", dot = document.createElementNS(ns, "circle");
    dot.setAttribute("r", "3"); dot.setAttribute("class", "dot"); dot.style.display = "none";
    svg.append(dot);
    function read() {
      return Array.from(svg.querySelectorAll("g[id*='curve-']"), function (g) {
        var path = g.querySelector("path"), numbers = (path.getAttribute("d").match(/-?[\d.]+/g) || []).map(Number);
        var points = [];
        for (var i = 0; i + 1 < numbers.length; i += 2) points.push([numbers[i], numbers[i + 1]]);
        return { group: g, name: frame.names[Number(g.id.split("curve-")[1])], points: points };
      });
    }
    function value(axis, share) { return axis[0] + share * (axis[1] - axis[0]); }
    function hide() { tip.hidden = true; dot.style.display = "none"; }
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointermove", function (event) {
      var box = svg.getBoundingClientRect(), scale = view.width / box.width;
      var x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
      if (x < place[0] || x > place[2] || y < place[1] || y > place[3]) return hide();
      curves = curves || read();
      var best = null, least = 900;
      curves.forEach(function (curve) {
        if (curve.group.style.display === "none") return;
        curve.points.forEach(function (q, i) {
          // the nearest point of the line from the last point to this one
          var o = curve.points[Math.max(i - 1, 0)], u = q[0] - o[0], v = q[1] - o[1], length = u * u + v * v;
          var s = length ? Math.min(Math.max(((x - o[0]) * u + (y - o[1]) * v) / length, 0), 1) : 0;
          var p = [o[0] + s * u, o[1] + s * v], d = (p[0] - x) * (p[0] - x) + (p[1] - y) * (p[1] - y);
          if (d < least) { least = d; best = [curve, p]; }
        });
      });
      if (!best) return hide();
      var p = best[1];
      var at = value(frame.x, (p[0] - place[0]) / (place[2] - place[0]));
      var height = value(frame.y, (place[3] - p[1]) / (place[3] - place[1]));
      tip.textContent = best[0].name + ": " + text(height, frame.y[2]) + " at " + text(at, frame.x[2]);
      dot.setAttribute("cx", p[0]); dot.setAttribute("cy", p[1]); dot.style.display = "";
      tip.hidden = false;
      var right = event.clientX + 14 + tip.offsetWidth > document.documentElement.clientWidth;
      tip.style.left = window.scrollX + event.clientX + (right ? -tip.offsetWidth - 14 : 14) + "px";
      tip.style.top = window.scrollY + event.clientY + 14 + "px";
    });
  });
})();
