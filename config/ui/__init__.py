"""Parts of all pages: icons, aspect ratios, scripts and stylesheets."""
